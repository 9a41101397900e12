"""What a loan costs: rates and LPR, repayment schedules, fees and subsidies, the true yearly cost. All pure rules."""
