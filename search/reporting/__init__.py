"""What a report tells of sweeps, a file a chapter; `page` and `texts` write it down."""
