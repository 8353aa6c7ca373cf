"""The names of the queues: whoever starts a worker needs no more of them. Pure."""

QUEUES = ("default", "events", "mail", "maintenance")
# What runs by the clock. Its messages expire when the next is due, and the next does the same: nothing to keep.
CLOCKWORK = "maintenance"
