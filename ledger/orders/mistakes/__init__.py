"""What was recorded of an order by mistake: what posts is mirrored, all else is withdrawn.

facts.py           mirrors of the facts that post, and the withdrawal of the others
resting.py         what a step posted, and what rests on what
putting_right.py   payments, forfeits and fees taken back
withdrawing.py     steps withdrawn, with what they posted, as a decider of its own
"""
