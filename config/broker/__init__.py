"""What carries tasks: our own PostgreSQL, or what `CELERY_BROKER_URL` names."""
