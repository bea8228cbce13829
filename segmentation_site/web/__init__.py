"""What web processes need: a limit of statements, responses of ours, and gunicorn's worker."""
