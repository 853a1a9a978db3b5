// eigen_solvers: decompositions of Eigen that are compiled once. A file that instantiates one by itself takes
// up to seven seconds more to compile.
#pragma once

#include <Eigen/Dense>

namespace Eigen {

extern template SelfAdjointEigenSolver<MatrixXd>& SelfAdjointEigenSolver<MatrixXd>::compute<MatrixXd>(
    const EigenBase<MatrixXd>&, int);
extern template void HouseholderQR<MatrixXd>::computeInPlace();
extern template LLT<MatrixXd>& LLT<MatrixXd>::compute<MatrixXd>(const EigenBase<MatrixXd>&);
extern template LDLT<MatrixXd>& LDLT<MatrixXd>::compute<MatrixXd>(const EigenBase<MatrixXd>&);

}  // namespace Eigen

namespace elba::runtime {

// Each of a matrix; an expression is evaluated to one first.
using SymmetricEigen = Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>;
using Cholesky = Eigen::LLT<Eigen::MatrixXd>;
using CholeskyWithDiagonal = Eigen::LDLT<Eigen::MatrixXd>;
using HouseholderQr = Eigen::HouseholderQR<Eigen::MatrixXd>;

}  // namespace elba::runtime
