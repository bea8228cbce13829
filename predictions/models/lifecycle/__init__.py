"""Models and their versions: trainings, evaluations, deployments, drift."""
