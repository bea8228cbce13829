"""APIs of shops: the client, declared objects, blocks with their checkpoints, the runs."""
