"""`manage.py up`: prepare what is missing, then run web, workers and beat as one group."""
