"""Rule-based dose escalation (3+3 with a sentinel): recorded subjects and reviews become what may happen next, from which day, and why."""
