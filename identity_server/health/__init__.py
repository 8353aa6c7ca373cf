"""Whether this node serves, whether it is ready, and what it has counted: the questions that machines ask of one node."""
