"""What gunicorn reads by itself where it is started from this folder."""

worker_class = "segmentation_site.web_worker.Worker"
