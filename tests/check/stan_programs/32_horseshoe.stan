data {
  int<lower=1> n;
  int<lower=1> d;
  matrix[n, d] x;
  array[n] int<lower=0, upper=1> y;
}
parameters {
  real beta0;
  vector[d] z;
  real<lower=0> tau;
  vector<lower=0>[d] lambda;
}
transformed parameters {
  vector[d] beta;
  vector[n] f;
  beta = z .* lambda * tau;
  f = beta0 + x * beta;
}
model {
  z ~ std_normal();
  lambda ~ student_t(3, 0, 1);
  tau ~ student_t(1, 0, 2);
  beta0 ~ normal(0, 5);
  y ~ bernoulli_logit(f);
}
