"""Work lists from the law: who is due for what, why, and the decision that may be drafted for them."""
