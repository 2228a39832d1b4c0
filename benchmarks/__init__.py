"""Benchmarks. What is compared is timed alternately within one run, because the speed of a machine varies.

    python -m benchmarks [response] [frames] [events] [engine] [peers] [profile] [optimizers] [sweep] [store]
                         [coverage] [browser] [page] [overlaps] [accessibility]

engine     our engine with all telemetry on, against a bare loop over torch.nn layers and against its matrix products
peers      the same against JAX, if it is installed, and against torch.compile, if there is a C++ compiler
profile    where the time of a training step goes
optimizers a step of the default race with each optimizer, on one thread
response   seconds from Start to the first event and to the first losses, with a warm and with a cold worker
sweep      a sweep against a loop that trains the networks one by one with torch.nn; one and two workers, also on Dask
store      lists, filters and searches among 10,000 saved runs, and saving and reading a run of 100,000 steps, each
           with an upper bound
frames     the time to pack a frame of the page, and its bytes, by length of the run
coverage   how often 95 % intervals over seeds hold the true value (no times)
browser    how long a visitor waits for a page and its charts, in a real Chromium
page       what a first visit costs a browser: times, requests, bytes, and how busy a race keeps it, also slowed 4 times
overlaps   which texts of the charts lie over one another, at twelve widths and eight moments (no times)
accessibility  findings of axe-core, layout shift, the smallest text, a walk with the tabulator: each page (no times)

Some are run by their own names: ``python -m benchmarks.load`` has many visitors train at once on a server,
``python -m benchmarks.presses`` presses buttons at random pace on a busy machine, ``python -m benchmarks.dropped`` cuts
a browser's connection while it watches a race, ``python -m benchmarks.walk`` takes the tour and the lessons, and
``python -m benchmarks.hostile`` gives made-up links and states of widgets to every page and to a server.
:mod:`benchmarks.visits` visits a server over Streamlit's protocol.
"""
