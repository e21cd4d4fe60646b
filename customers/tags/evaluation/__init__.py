"""What a tag is worth: coverage, use, accuracy and marketing success, weighed to one score."""

from customers.tags.evaluation.run import evaluate, rescore
from customers.tags.evaluation.success import Audience, Counted, register_success

__all__ = ["Audience", "Counted", "evaluate", "register_success", "rescore"]
