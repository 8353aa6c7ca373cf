"""What somebody may do: permissions, roles that bundle them, assignments at a scope, decisions with their reason."""
