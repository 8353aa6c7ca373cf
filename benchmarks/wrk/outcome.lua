-- Printed after a run, and read by benchmarks/load.py.
function done(summary, latency)
  local e = summary.errors
  print(string.format('OUTCOME {"requests": %d, "seconds": %f, "p50": %f, "p99": %f, "refused": %d, "broken": %d}',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    e.status, e.connect + e.read + e.write + e.timeout))
end
