"""The pages “Bring your shop”: upload, plan, questions, start, progress, report, history."""
