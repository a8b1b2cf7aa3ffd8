"""What we know of SQL. Everything else asks here and never sees SQLAlchemy."""
