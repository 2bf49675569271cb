"""Money: the price book, usage, the estimator and advice. Pure functions over the model; exact decimals."""
