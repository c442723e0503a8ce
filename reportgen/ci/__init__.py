"""What a build tells a CI service: annotations, a job summary, a JUnit file, a badge."""
