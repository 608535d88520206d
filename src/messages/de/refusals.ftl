time-utc = Zeit (UTC)
time-local = Ortszeit
