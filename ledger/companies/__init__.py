"""A company's way into the city, and out again.

LEAD → QUALIFIED → LOI_SIGNED → AGREEMENT_SIGNED → REGISTERED → SETTLED_IN → OPERATING → EXITING → EXITED
aside: REJECTED, DORMANT (both can come back), MERGED (a duplicate record; never comes back)
a flag, never a stage: what the press reported about settling in

company.py        what the parts share, and the refusals that any step can meet
prospects.py      from lead to agreement, and those set aside
registration.py   identifiers and details, merged records
presence.py       settling in, operations, exit

Refusals, in order of precedence
CompanyRefusal
├── CompanyUnknown       no such company (unknown)
├── CompanyExists        this id is another company's (conflict)
├── MergedAway           the record was merged: go on with the one it was merged into
├── BeforeLead           nothing about a company is effective before its lead
├── StepBeforePrevious   a stage is not reached before the stage in front of it
├── StageForbids         this step does not start from this stage
└── those of the step's own part, in the order its file draws them

Here the parts become one Decider: evolve_company and evolve, scope, decide.
"""
