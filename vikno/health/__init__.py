"""What the machinery says about itself: readiness, figures for Prometheus, how the engine's loops fare."""
