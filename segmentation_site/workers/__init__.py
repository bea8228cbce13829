"""What Celery's processes need: a queue of files, signs of life, and tasks of a newer release."""
