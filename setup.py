"""Which packages there are: those found here, and the examples, which a wheel has inside the package."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["nlpkit", "nlpkit.*"]), "nlpkit.examples", "nlpkit.examples.lesson"],
    package_dir={"nlpkit.examples": "examples"},
)
