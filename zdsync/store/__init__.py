"""The Redis index: when each ticket is to be looked at, and what saves reading Zendesk again.

Zendesk is the record; everything here can be rebuilt from it, and nothing unsafe follows from any state of Redis:
what protects a customer from a doubled message is the stamp and the key in Zendesk itself. Empty it at any time: the
functions go on with sensible answers, `Epoch.state()` says "missing", and a resync fills it again.

One Redis 6.2 or later (or Valkey), no Cluster. It must not evict (`maxmemory-policy noeviction`).

Keys
====

All under one prefix, `zdsync:` by default. For each: its type, its TTL (none: until it is replaced or deleted), what it
holds, and what losing it does. `<id>` is a ticket's id.

    due:p1 due:live due:bulk    zset. Ticket -> account time (ms) at which it is due.
        lost: nothing is looked at until a hint, the poll's overlap of five minutes, or a resync.
    leased                      zset. Ticket -> Redis time (ms) at which its lease ends.
        lost: as above; two workers may read one ticket, and the stamp lets only one write.
    t:<id>                      hash, goes with the ticket. `gen` (hints so far), `wake` (as asked for), `not_before`,
                                `tries` (vanished workers); while leased `token`, `gen0`, `work`, `due`; of our own
                                last write `audit_id`, `updated_at` (ms).
        lost: a few reads too many.
    turn                        string. Tickets claimed since the last bulk one.
        lost: nothing.
    seen:<invocation id>        string, 2 h. A webhook delivery that was taken in.
        lost: a repeated delivery hints once more.
    history:<id>                string, 30 d after its last use. The audits (msgpack, zlib), which hold no texts.
        lost: they are read again.
    person:<user id>            string, 1 h. Role, locale, zone, organisation.
        lost: read again.
    clock                       string, 1 h. Seconds from local time to Zendesk's, as last measured.
        lost: measured again with the next reply.
    held:<id>                   hash, 30 d. Message key -> account time (ms) before which it is not tried again.
        lost: a refused update is tried, refused and told of once more.
    aside:<id>                  set, 14 d. Ids of the mails that Zendesk has set aside and that name this ticket.
        lost: found again when such mail is next looked through, up to five minutes later.
    aside:done:<mail id>        string, 14 d. Those to whom this mail matters were hinted or told of.
        lost: they are once more; a note has its key on the ticket and is not repeated.
    cursor:<export>             string. Where the poller stands; of `suspended`: when such mail was last looked through;
                                of `window:<id>`: the id of the maintenance window's ticket;
                                of `watch`: the probe's last look, and what is still to be noted of it.
        lost: the poller begins from a time, the resync closes the gap; an outage that the probe has seen is known
        until its note, and then there is a gap.
    rulebook                    string. Hash of the rulebook in force.
        lost: it is published again by whoever loads the rules next.
    epoch                       string. Account time at which the last resync ended.
        lost: no creates and no mass messages until a resync has ended.
    resync                      string, 5 min, renewed while it runs. Token of the resync under way.
        lost: that resync notices and begins anew.
    budget:<family>             hash, 24 h. `total`, `remaining`, `reset`, `paused` (account time, ms).
        lost: the limits of the smallest plan are assumed until the next header.
    pause                       string. The reason given to `zdsync pause`.
        lost: EFFECTS GO ON. For a stop that outlives Redis set the tag on the control ticket.
    control                     string, 60 s. What the control ticket says.
        lost: it is read again before the next effect.
    cap:hour:… cap:ticket:… cap:rule:…      string, 2 d. Messages counted in this account hour or day.
        lost: the count of this hour starts again; the history of each ticket still holds its own cap.
    visits:<kind>:<hash>        string, 60 s. How often a confirmation link was looked at or answered in this minute.
        lost: the count starts again.
    campaign:<problem>          hash, 7 d. Ticket that is linked to the problem -> campaign and contact of a notice of
                                ours (and `bounced`), nothing for others' tickets.
        lost: the list is read in Zendesk again; it is believed for an hour at most anyway.
    campaign:<problem>:state    hash, 7 d. `read`: when the list was read; `open`: a batch that did not come to its end;
                                `seen`, `spread`: the last audits of which linked tickets are to hear, and have heard;
                                `lost`: it was deleted, and the operator was told.
        lost: the list is read again, and the linked tickets are looked at once more.
    campaign:<problem>:tasks    set, 7 d. External ids of the tasks that exist for its preventive actions.
        lost: they are looked for in Zendesk again.
    campaign:<problem>:told     set, 7 d. Campaigns and contacts whose notices were created here.
        lost: who has one linked to the problem is told; one that was deleted since is created again after two hours.
    campaign:<problem>:refusals hash, 7 d. Campaigns and contacts for whom Zendesk refused a notice, and when.
        lost: each is tried, refused and told of once more.
    audience:<hash of settings> hash, 1 h. `read`, `people`: contacts by id, with language, zone and organisation.
        lost: the account's end users are read again.
    audience:<hash>:part        string, 1 h. How far that has come where one minute's limit does not do.
        lost: it is begun anew.
    before:<kind>:<problem>     string, 1 d. How many contacts the campaign before this one had.
        lost: it is looked up again.
    begun:<kind>                zset, 1 d. Problems of which a campaign was about to begin, by when that was.
        lost: a search finds those that are running, but for the latest minutes.
    status                      string, 1 d. What the public status page shows; nothing that customers were not told.
        lost: the page says that it is not known, until the next look.
    heartbeats                  hash, each entry 1 d. Process -> Redis time (ms).
        lost: back with the next beat.
    shadow, shadow:entries      zset and hash, the newest 10,000. What rules in shadow mode would have done.
        lost: the report starts again.
    metrics:counters, metrics:histograms    hash. Numbers shared by all processes.
        lost: they start at zero, as after a restart.

An unclosed ticket is in exactly one of `due:p1`, `due:live`, `due:bulk` and `leased`. Account time (arguments `now`,
`*_ms`) is Zendesk's and may jump; leases, heartbeats and TTLs run on Redis' own clock, because they are about our
processes. The two are never compared.

Files
=====

`due.py` the index and the receiver's script, `cache.py`, `campaigns.py`, `epoch.py`, `governor.py` the API budget,
`brakes.py`, `shadow.py`, `status.py`, `visits.py`, `metrics.py`, `heartbeat.py`, `connection.py` time limits and the
errors of a Redis that is away, `server.py` the Redis that we start ourselves, `scripts.py` and `lua/` the atomic steps,
`times.py`.
"""
