"""Models and their versions, trainings, evaluations, deployments and drift readings."""
