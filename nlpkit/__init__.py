"""nlpkit: small, honest, fast text classifiers from parts that fit together."""
