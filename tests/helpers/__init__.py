"""What several tests share: small runs, reference layers in NumPy, virtual people, notebooks, a browser."""
