"""The lifecycle of versions: training, retraining, evaluation, the gate and cluster names."""
