"""Every change that events makes: one module for each subject, one function for each thing that can be done."""
