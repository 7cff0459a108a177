/** Linear regression, which evaluation compares with and training begins with. */
package org.speechrate.regression;
