"""Every change that tokens makes: one module for each subject, one function for each thing that can be done."""
