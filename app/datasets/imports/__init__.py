"""Files of every kind in, examples as JSON lines out; nothing here knows HTTP or the database.

    with open_source(path, "reviews.csv", options) as source:      # sources.py
        source.recognition                  # what the file is, in words; correct it by options
        mapping = suggest_mapping(source.recognition)              # suggestion.py
        preview(source, mapping, 5)         # source rows beside rendered rows      preview.py
        done = convert(source, mapping, out)                       # conversion.py
        write_left_out(source, done.left_out, path)                # left_out.py

Everything is read row by row. What cannot be read at all is refused with `Invalid`, a row that
cannot become an example is counted with a `Reason`; nothing is dropped silently.
"""
