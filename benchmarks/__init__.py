"""How fast, compared with what: each benchmark measures itself and its floors in turn, within one run.

append    durable POSTs a second over HTTP        against a POST that records nothing, and the package's own path
rebuild   a read model made anew                  against read + decode + insert, and the package's own runner
verify    proving that nothing was altered        against hashing the same bytes
single    one client, one command after the other   against another checkout (keyed: its part), and the disk
backup    a backup and the way back               against copying the same bytes

billing   a month of every lease billed             against another checkout in the same run (billing_work: its part)

against   the same work in another checkout
ground    places to measure in, figures, tables
lives     a made-up log of company facts
package   the same things done with the `eventsourcing` package alone
against   the same work in another checkout of the project, side by side
growing   reports as the city grows: report --leases; asking is what it does in each checkout
served    the application with two routes more, and the clients that ask it
billing   a month billed, and its preview         against another checkout

The machine is shared and noisy: only ratios mean anything, and each is the median of rounds that take turns.
"""
