"""What happened: the bus between apps, the outbox, deliveries to subscribers, the audit trail."""
