data {
  int<lower=1> K;
  int<lower=1> T;
  vector[T] y;
}
parameters {
  array[K] simplex[K] A;
  ordered[K] mu;
  real<lower=0> sigma;
}
model {
  array[T, K] real gamma;
  mu ~ normal(0, 5);
  sigma ~ normal(0, 2);
  for (k in 1:K) {
    A[k] ~ dirichlet(rep_vector(1, K));
  }
  for (k in 1:K)
    gamma[1, k] = normal_lpdf(y[1] | mu[k], sigma);
  for (t in 2:T) {
    for (k in 1:K) {
      vector[K] acc;
      for (j in 1:K)
        acc[j] = gamma[t - 1, j] + log(A[j, k]) + normal_lpdf(y[t] | mu[k], sigma);
      gamma[t, k] = log_sum_exp(acc);
    }
  }
  target += log_sum_exp(gamma[T]);
}
// EXPECT
error[E0148]: this is a program of Stan
  --> 36_hmm_forward.stan:1:1
  1 | data {
    | ^^^^
  = note: a model is one block, in which the keyword of each statement says what role it has; see docs/coming_from_stan.md
  = help: the same model here:

model my_model {
  dim K >= 1;
  dim T >= 1;
  data y: real[T];
  latent A: simplex[K, K];
  latent mu: ordered[K] ~ normal(0, 5);
  latent sigma: real<lower=0> ~ normal(0, 2);
  let gamma: real[T, K];
  for k in 1:K {
    A[k] ~ dirichlet(rep(1, K));
  }
  for k in 1:K {
    gamma[1, k] = normal_logpdf(y[1], mu[k], sigma);
  }
  for t in 2:T {
    for k in 1:K {
      let acc: real[K];
      for j in 1:K {
        acc[j] = gamma[t - 1, j] + log(A[j, k]) + normal_logpdf(y[t], mu[k], sigma);
      }
      gamma[t, k] = log_sum_exp(acc);
    }
  }
  factor log_sum_exp(gamma[T]);
}

