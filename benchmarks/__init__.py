"""What is timed, against what. What is compared is timed in turns within one run, since machines are noisy.

    python -m benchmarks [response] [frames] [engine] [sweep] [store] [browser]

engine     our engine with all telemetry on, against a bare loop over torch.nn layers and against its matrix products
response   from Start to the first event and to the first losses, worker warm and cold
sweep      a sweep against a loop that trains the networks one by one with torch.nn; one and two workers, also on Dask
store      lists, filters and searches among 10,000 saved runs; a run of 100,000 steps saved and read; against bounds
frames     the time to pack a frame of the page, and its bytes, by length of the run
browser    what a visitor waits for, in a real Chromium
"""
