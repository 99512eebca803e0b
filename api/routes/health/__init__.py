"""Is it well, and what is there. In reading order:

everybody.py   GET /health, for people; the landing page, the OpenAPI document
probes.py      GET /health/live, GET /health/ready: for what starts servers and sends requests to them
metrics.py     GET /metrics: how much, how fast, how far behind, in the form that Prometheus reads (the extra `metrics`)
"""
