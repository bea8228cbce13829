"""How much work waits in each queue, who is there to do it, and how many are wanted."""
