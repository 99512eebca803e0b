"""postings(fact): the balanced lines a fact posts; total over all facts."""
