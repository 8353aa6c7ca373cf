"""The JSON face of rbac."""
