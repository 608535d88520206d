time-utc = Time (UTC)
time-local = Local time
