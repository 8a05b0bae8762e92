"""Where the data is: schema, import and validation, the SQLite store, the columnar read copy."""
