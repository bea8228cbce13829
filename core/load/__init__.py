"""The load of the queues: waiting work, the processes that do it, and how many are needed."""
