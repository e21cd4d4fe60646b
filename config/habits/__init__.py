"""`manage.py test`: everything that has to hold before a change lands."""
