def html(sweep): return "x"
