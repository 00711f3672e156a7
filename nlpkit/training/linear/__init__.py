"""Fitting a linear head to what an encoder gives, by scikit-learn's solvers."""

from nlpkit.training.linear.estimators import Found, Method
from nlpkit.training.linear.features import Features
from nlpkit.training.linear.fitting import Fitting

__all__ = ["Features", "Fitting", "Found", "Method"]
