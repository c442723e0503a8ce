"""The parts of :mod:`reportgen.build`: what is there, what is lacking, who does it, what comes out."""
