"""What must hold of decisions. Pure."""

from benchmarks.goals import Goal

DECISION_GOALS = (
    Goal("than_fast", "p50 of a check with its round trip, times FastEnforcer's", False, 1),
    Goal("than_guardian", "django-guardian's p50, times that", True, 60),
    Goal("than_enforcer", "pycasbin's Enforcer's p50, times that", True, 130),
    Goal("pure_than_fast", "p50 of the decision alone, times FastEnforcer's", False, 1),
    Goal("beside_us", "a check beside its round trip, about the same person, us", False, 20),
    Goal("batch_10000", "10,000 checks about 100 people in one batch, ms", False, 150),
    Goal("graph_ms", "graph of 10,000 roles, 100,000 links, depth 20, ms", False, 1_000),
    Goal("cold_beside", "statements of a cold decision, beside reading the roles", False, 1),
    Goal("http", "evaluation over HTTP, about 200 people, times the stock view", True, 9),
    Goal("http_others", "the same about ever others", True, 9),
    Goal("scale_fresh", "p50 of a check from the database at 1M, times 1k", False, 1.15),
    Goal("scale_warm", "p50 of a remembered check at 1M, times 1k", False, 1.15),
)
