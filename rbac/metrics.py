"""What Prometheus is told: how often somebody took an emergency role, which should wake somebody else."""

from prometheus_client import Counter

glass_broken = Counter("identity_glass_broken", "Emergency roles taken without approval, by role.", ["role"])
